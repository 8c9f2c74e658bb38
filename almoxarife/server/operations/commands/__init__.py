"""``almoxarife``: the commands for whoever looks after the machine."""
