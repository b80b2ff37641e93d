"""Names of kinds of care tags and of households in English and Chinese."""

CARE_NAMES: dict[str, tuple[str, str]] = {
    # kind of care tag: (English, Chinese)
    "lives_alone_elderly": ("elderly people living alone", "独居老人"),
    "child_alone": ("children staying alone", "留守儿童"),
    "mobility": ("people who need help with mobility", "行动不便人员"),
    "evacuation_help": ("people who need help with evacuation", "需转移协助人员"),
    "home_oxygen_or_power": ("people who need oxygen or power at home", "居家供氧或用电依赖人员"),
    "medication_delivery": ("people who need medicine delivery", "需送药人员"),
    "meal_delivery": ("people who need meal delivery", "需送餐人员"),
    "heating_help": ("people who need help with heating", "需取暖协助人员"),
    "sight_or_hearing": ("people who need help with sight or hearing", "视听障碍人员"),
    "interpreter": ("people who need an interpreter", "需语言协助人员"),
    "postnatal": ("people in postnatal care", "产后人员"),
    "regular_call": ("people with a regular visit", "定期探访人员"),
}
HOUSEHOLD_NAMES: dict[str, tuple[str, str]] = {
    # kind of household: (English, Chinese)
    "family": ("family households", "普通户"),
    "collective": ("collective households", "集体户"),
}
