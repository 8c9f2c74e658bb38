"""The ``almoxarife`` commands, for the person who looks after the machine."""
