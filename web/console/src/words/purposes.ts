// For what personal fields and places of workers are shown: the lists of the server (app/accounts/rules/purposes.py).
import type { Pairs } from "../../../src/i18n";

export const PURPOSES: Pairs = {
  call_back: ["回访上报人", "Call back the reporter"],
  on_site: ["联系现场处置", "Arrange handling at the place"],
  visit: ["上门走访前联系", "Prepare a visit"],
  care: ["落实关爱帮扶", "Give agreed care"],
  check_entry: ["核对或更正登记", "Check or correct an entry"],
  emergency: ["应急处置", "Emergency response"],
  own_request: ["本人申请", "Request of the person concerned"],
  inquiry: ["投诉或调查", "Complaint or inquiry"],
};

export const WORKER_PURPOSES: Pairs = {
  dispatch: ["就近派遣", "Dispatch to the nearest worker"],
  safety: ["人员安全", "Safety of a worker"],
  emergency: ["应急处置", "Emergency response"],
  rounds: ["核对巡查情况", "Review patrols"],
  inquiry: ["投诉或调查", "Complaint or inquiry"],
  own_request: ["本人申请", "Request of the worker"],
};
