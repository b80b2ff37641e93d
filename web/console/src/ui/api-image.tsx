// An image that needs the access token.
import { useObjectUrl } from "../hooks/use-object-url";

/** A picture that only the API gives, with our token. */
export function ApiImage(props: { path: string; alt: string }) {
  const { url } = useObjectUrl(props.path);
  // Until it is there, and if it does not come, the alternative text stands in its place.
  return url ? <img src={url} alt={props.alt} /> : <span class="picture">{props.alt}</span>;
}
