"""Texts of the demo's notices by language, and questions of households."""

TEXTS = {
    "flood": {
        "zh": {
            "title": "今晚暴雨，河边一层住户请上楼",
            "text": "今晚八时起有暴雨，河水可能漫上路面。请把车开走，一层住户备好物品，必要时上楼。需要帮助请回复。",
        },
        "en": {
            "title": "Heavy rain tonight",
            "text": "From 8 pm the brook may come over the road. Move your car. People on ground floors: be ready to go up.",
        },
    },
    "water": {
        "zh": {"title": "停水通知", "text": "因管道改造，下周三八时至十六时停水，请提前储水。"},
        "en": {"title": "Water off", "text": "No water next Wednesday from 8 to 16. Please store some."},
    },
    "gas": {
        "zh": {
            "title": "燃气入户安检",
            "text": "网格员将陪同燃气公司上门免费安检，请留人在家。安检人员不推销、不收费。",
        },
        "en": {
            "title": "Gas inspection at home",
            "text": "The worker of your grid comes with the gas company. The inspection is free. Nobody sells anything.",
        },
    },
    "bins": {
        "zh": {"title": "垃圾投放时间调整", "text": "下月起集中投放时间改为六时半至九时、十八时至二十一时。"},
        "en": {
            "title": "New hours of the sorting points",
            "text": "From next month: 6:30 to 9:00 and 18:00 to 21:00.",
        },
    },
    "lifts": {
        "zh": {"title": "加装电梯意见征询", "text": "请说明您是否同意本单元加装电梯，以及您的顾虑。"},
        "en": {
            "title": "A lift for your house?",
            "text": "Do you agree that a lift is built? Which concerns do you have?",
        },
    },
}
QUESTIONS = (
    "我家白天没人，可以约在晚上吗？",
    "租户在家，房东不在，可以检查吗？",
    "热水器的烟管也一起检查吗？",
)
