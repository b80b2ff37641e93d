"""Use cases of profiles: jurisdictions, versions of their profiles, the settings in force."""

from app.profiles.service.jurisdictions import (
    has_jurisdiction,
    jurisdiction,
    jurisdiction_named,
    list_jurisdictions,
    lock_jurisdiction,
    set_root_unit,
)
from app.profiles.service.modes import NORMAL, SettingsInForce, settings_for
from app.profiles.service.profiles import (
    ProfileInForce,
    ReadVersion,
    add_jurisdiction,
    categories,
    document_in_force,
    packaged_profile,
    profile_at,
    profile_by_id,
    profile_document,
    profile_named,
    publish_profile,
    readable_profile,
)
from app.profiles.service.versions import (
    announce_rules,
    profile_data,
    profile_difference,
    profile_version,
    profile_versions,
)

__all__ = [
    "NORMAL",
    "ProfileInForce",
    "ReadVersion",
    "SettingsInForce",
    "add_jurisdiction",
    "announce_rules",
    "categories",
    "document_in_force",
    "has_jurisdiction",
    "jurisdiction",
    "jurisdiction_named",
    "list_jurisdictions",
    "lock_jurisdiction",
    "packaged_profile",
    "profile_at",
    "profile_by_id",
    "profile_data",
    "profile_difference",
    "profile_document",
    "profile_named",
    "profile_version",
    "profile_versions",
    "publish_profile",
    "readable_profile",
    "set_root_unit",
    "settings_for",
]
