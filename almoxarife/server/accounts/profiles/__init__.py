"""Personal data of people besides user name and password."""
