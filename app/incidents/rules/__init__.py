"""Pure decisions of the incidents domain: values in, value or error out."""
