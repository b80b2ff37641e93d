// The order in which categories are offered for a report. Pure functions.
import type { Category } from "./category";
import type { Incident } from "./incidents";

/**
 * Return the categories with the last used one first, then by how often the worker used them, then by how often they are among
 * the other cases on the phone, then in the order of the profile. `reported`: own reports, the newest first.
 */
export function rankCategories(categories: Category[], reported: Incident[], others: Iterable<Incident>): Category[] {
  const own = countByCategory(reported);
  const around = countByCategory(others);
  const last = reported[0]?.category;
  const rank = ({ code }: Category) => [code === last ? 1 : 0, own.get(code) ?? 0, around.get(code) ?? 0];
  return [...categories].sort((a, b) => {
    const [ofA, ofB] = [rank(a), rank(b)];
    for (const [n, value] of ofA.entries()) if (value !== ofB[n]) return ofB[n]! - value;
    return 0;
  });
}

function countByCategory(incidents: Iterable<Incident>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { category } of incidents) counts.set(category, (counts.get(category) ?? 0) + 1);
  return counts;
}
