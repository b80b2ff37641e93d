import { render } from "preact";

render(<p>Gridward</p>, document.getElementById("app")!);
