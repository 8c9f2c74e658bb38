"""The panel: the shop at a look, by what each person may."""
