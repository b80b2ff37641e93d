"""A jurisdiction's rules as versioned data: taxonomy, calendar, deadlines, dispatch etc."""
