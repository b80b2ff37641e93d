// For what personal fields and places of workers are shown: the lists of the server (app/accounts/rules/purposes.py).
import type { Pairs } from "../../../src/i18n";

export const PURPOSES: Pairs = {
  call_back: ["回访报告人", "Call back about a report"],
  on_site: ["联系现场处置", "Arrange work on the spot"],
  visit: ["上门走访前联系", "Prepare a visit"],
  care: ["落实关爱帮扶", "Give help that was agreed"],
  check_entry: ["核对或更正登记", "Check or correct an entry"],
  emergency: ["应急处置", "An emergency"],
  own_request: ["本人申请", "The person asked for it"],
  inquiry: ["投诉或调查核实", "A complaint or an inquiry"],
};

export const WORKER_PURPOSES: Pairs = {
  dispatch: ["就近派单", "Give work to whoever is near"],
  safety: ["人员安全", "Somebody may be in danger"],
  emergency: ["应急处置", "An emergency"],
  rounds: ["核实巡查情况", "Check rounds that were walked"],
  inquiry: ["投诉或调查核实", "A complaint or an inquiry"],
  own_request: ["本人申请", "The worker asked for it"],
};
