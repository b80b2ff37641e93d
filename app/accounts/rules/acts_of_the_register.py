"""Templates of audit sentences about premises, households and residents.

In a template `{who}` is the actor and `{what}` the object of the act.
"""

REGISTER: dict[str, tuple[str, str]] = {
    "care_tag.add": ("{who} added a care tag of a resident.", "{who}登记了居民的一项关爱标签。"),
    "care_tag.change": ("{who} changed a care tag of a resident.", "{who}修改了居民的一项关爱标签。"),
    "care_tag.restore": ("{who} restored a care tag of a resident.", "{who}恢复了居民的一项关爱标签。"),
    "care_tag.end": ("{who} ended a care tag of a resident.", "{who}终止了居民的一项关爱标签。"),
    "consent.give": ("{who} recorded a consent of a household.", "{who}登记了住户的同意。"),
    "consent.withdraw": (
        "{who} recorded that a household withdrew its consent.",
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
        "{who}批量登记了处所和住户。",
    ),
    "household.visit": (
        "{who} recorded a visit to a household.",
        "{who}登记了一次走访。",
    ),
    "import.undo": ("{who} undid an import.", "{who}撤销了一次导入。"),
    "household.take_back": (
        "{who} removed households that an import had created.",
        "{who}撤销了导入的住户。",
    ),
    "component.take_back": (
        "{who} removed components that an import had created.",
        "{who}撤销了导入的部件。",
    ),
    "incident.take_back": (
        "{who} removed cases that an import had created.",
        "{who}撤销了导入的案卷。",
    ),
    "import.run": ("{who} started an import.", "{who}开始了一次导入。"),
    "premises.add": (
        "{who} added premises.",
        "{who}新增了处所。",
    ),
    "premises.change": (
        "{who} changed premises.",
        "{who}修改了处所。",
    ),
    "person.export": (
        "{who} exported the personal data of a person at that person's request.",
        "{who}应本人申请导出了其个人信息。",
    ),
    "reporter.erase": (
        "{who} erased the personal data of a reporter.",
        "{who}清除了一名上报人的个人信息。",
    ),
    "premises.merge": (
        "{who} merged premises into others.",
        "{who}合并了重复登记的处所。",
    ),
    "premises.unmerge": ("{who} undid a merge of premises.", "{who}撤销了处所合并。"),
    "resident.add": (
        "{who} added a resident.",
        "{who}新增了居民。",
    ),
    "resident.change": ("{who} changed a resident.", "{who}修改了居民资料。"),
    "resident.erase": (
        "{who} erased the personal data of a resident.",
        "{who}清除了一名居民的个人信息。",
    ),
    "resident.move": (
        "{who} moved a resident to another household.",
        "{who}将一名居民移至另一住户。",
    ),
    "resident.search": ("{who} searched for a resident by name.", "{who}按姓名查找了居民。"),
}
