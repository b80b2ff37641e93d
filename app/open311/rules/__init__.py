"""Pure rules of Open311: parameters, documents, services, states."""
