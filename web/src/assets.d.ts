// Files that the build hands out by their address.
declare module "*?worker&url" {
  const url: string;
  export default url;
}
declare module "*.css";
/** The text of a file. */
declare module "*?raw" {
  const text: string;
  export default text;
}
interface ImportMeta {
  /** The modules whose path matches, by path. */
  glob<T>(patterns: string[], options: { eager: true; query?: string; import?: string }): Record<string, T>;
}
