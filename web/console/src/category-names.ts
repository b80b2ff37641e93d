// Names of the categories whose codes begin with a prefix.
import type { Name } from "../../src/i18n";

type Category = { code?: string; name?: Name; kind?: string; class?: Name };

/**
 * Return the name of the category with exactly this code, else the name of the class if the prefix has all categories of
 * it, else their names.
 */
export function categoryNames(
  categories: readonly Category[],
  prefix: string,
  named: (name: Name | undefined) => string,
): string[] {
  const exact = categories.find((category) => category.code === prefix);
  if (exact) return [named(exact.name)];
  const owned = categories.filter((category) => category.code?.startsWith(prefix));
  const [first] = owned;
  // Events and components have classes of the same names.
  const classmates = categories.filter(
    (other) => other.kind === first?.kind && named(other.class) === named(first?.class),
  );
  const isWholeClass = classmates.length === owned.length && classmates.every((other) => owned.includes(other));
  return isWholeClass && first?.class ? [named(first.class)] : owned.map((category) => named(category.name));
}
