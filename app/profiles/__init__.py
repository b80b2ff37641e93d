"""A jurisdiction's rules as versioned data: taxonomy, levels, calendar, deadlines, dispatch, evaluation, modes."""
