"""Acts upon premises, households and residents in words, as `acts` has them."""

REGISTER: dict[str, tuple[str, str]] = {
    "care_tag.add": (
        "{who} noted help that a resident needs.",
        "{who}登记了居民的关爱需求。",
    ),
    "care_tag.change": (
        "{who} changed what help a resident needs.",
        "{who}修改了居民的关爱需求。",
    ),
    "care_tag.restore": (
        "{who} noted that a resident needs a help after all.",
        "{who}恢复了居民的一项关爱需求。",
    ),
    "care_tag.end": (
        "{who} noted that a resident needs a help no longer.",
        "{who}终止了居民的一项关爱需求。",
    ),
    "consent.give": (
        "{who} noted what a household agreed to.",
        "{who}登记了住户的同意。",
    ),
    "consent.withdraw": (
        "{who} noted that a household took back its consent.",
        "{who}登记了住户撤回同意。",
    ),
    "household.add": (
        "{who} added a household.",
        "{who}新增了住户。",
    ),
    "household.change": (
        "{who} changed a household.",
        "{who}修改了住户。",
    ),
    "household.register": (
        "{who} registered premises and households.",
        "{who}批量登记了房屋和住户。",
    ),
    "household.visit": (
        "{who} recorded a visit to a household.",
        "{who}登记了一次走访。",
    ),
    "import.undo": (
        "{who} took back what an import had made.",
        "{who}撤销了一次导入的结果。",
    ),
    "household.take_back": (
        "{who} took homes back that an import had made.",
        "{who}撤销了导入的住户。",
    ),
    "component.take_back": (
        "{who} took components back that an import had made.",
        "{who}撤销了导入的部件。",
    ),
    "incident.take_back": (
        "{who} took cases back that an import had made.",
        "{who}撤销了导入的案卷。",
    ),
    "import.run": (
        "{who} began an import.",
        "{who}开始了一次导入。",
    ),
    "premises.add": (
        "{who} added premises.",
        "{who}新增了房屋。",
    ),
    "premises.change": (
        "{who} changed premises.",
        "{who}修改了房屋。",
    ),
    "person.export": (
        "{who} exported what is known of somebody, for that person.",
        "{who}应本人申请导出了其个人信息。",
    ),
    "reporter.erase": (
        "{who} had a reporter forgotten.",
        "{who}清除了一名上报人的个人信息。",
    ),
    "premises.merge": (
        "{who} merged premises into others.",
        "{who}合并了重复登记的房屋。",
    ),
    "premises.unmerge": (
        "{who} parted premises that had been merged.",
        "{who}撤销了房屋合并。",
    ),
    "resident.add": (
        "{who} added a resident.",
        "{who}新增了居民。",
    ),
    "resident.change": (
        "{who} changed the entry of a resident.",
        "{who}修改了居民资料。",
    ),
    "resident.erase": (
        "{who} had a resident forgotten.",
        "{who}清除了一名居民的个人信息。",
    ),
    "resident.move": (
        "{who} moved a resident to another household.",
        "{who}将一名居民移至另一住户。",
    ),
    "resident.search": (
        "{who} looked for a resident by name.",
        "{who}按姓名查找了居民。",
    ),
}
