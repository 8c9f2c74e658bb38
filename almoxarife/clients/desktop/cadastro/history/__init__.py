"""Why a balance is what it is, and what a person did on a day."""
