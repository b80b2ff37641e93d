"""Pure decisions of the areas domain: values in, value or error out."""
