"""Use cases of the register."""

from app.households.service.placing import Rehomed, rehome
from app.households.service.reading import list_households
from app.households.service.registering import Registered, insert_many, register_many

__all__ = ["Registered", "Rehomed", "insert_many", "list_households", "register_many", "rehome"]
