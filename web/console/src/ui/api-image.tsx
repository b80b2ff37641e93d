// An image that needs the access token.
import { useObjectUrl } from "../hooks/use-object-url";

/** An image that needs the access token. */
export function ApiImage(props: { path: string; alt: string }) {
  const { url } = useObjectUrl(props.path);
  // While it loads, and if it fails, the alternative text is shown.
  return url ? <img src={url} alt={props.alt} /> : <span class="picture">{props.alt}</span>;
}
