"""The codes that goods carry: the number under the bars, and the abbreviation of a unit."""
