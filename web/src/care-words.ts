// Kinds of care tags. The module of both front ends.

/** Kinds of help that somebody needs, as the register lists them. */
export const CARE: Record<string, readonly [string, string]> = {
  lives_alone_elderly: ["独居老人关怀", "Elderly living alone"],
  child_alone: ["留守儿童关怀", "Child staying alone"],
  mobility: ["行动不便协助", "Help with mobility"],
  evacuation_help: ["转移协助", "Help with evacuation"],
  home_oxygen_or_power: ["居家供氧或用电", "Oxygen or power at home"],
  medication_delivery: ["送药", "Medicine delivery"],
  meal_delivery: ["送餐", "Meal delivery"],
  heating_help: ["取暖协助", "Help with heating"],
  sight_or_hearing: ["视听障碍协助", "Help with sight or hearing"],
  interpreter: ["语言协助", "Interpreter"],
  postnatal: ["产后关怀", "Postnatal care"],
  regular_call: ["定期探访", "Regular visit"],
};
