// Files that the build hands out by their address.
declare module "*?worker&url" {
  const url: string;
  export default url;
}
declare module "*.css";
