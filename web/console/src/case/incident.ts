// Cases as the API answers them.
import type { Schemas } from "../session";

export type IncidentDetail = Schemas["IncidentDetail"];
export type IncidentPage = {
  items?: Schemas["IncidentOut"][];
  next?: string | null;
  counts?: Schemas["IncidentCounts"];
};
