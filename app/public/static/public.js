/* The page "Where is it?" with a script: the position of the device, and a small map to choose a place on. Without it the
   search for streets and landmarks stays. The list of cases has the same map with the cells of the listed cases
   (`data-marks`), where nothing is chosen. Tiles are vector tiles (MVT 2.1) of the base map, drawn on a canvas. */
(() => {
  "use strict";
  const box = document.getElementById("picker");
  if (!box) return;
  const words = box.dataset;
  const TILE = 256, HEIGHT = 320, CLOSEST = 18, CELL_DEGREES = 0.0009, LEAST_CELL = 22;
  const widest = Number(words.minZoom), deepest = Number(words.maxZoom);

  function go(lon, lat) {
    location.assign(`${words.next}?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`);
  }
  function element(name, text, parent) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    (parent || box).append(made);
    return made;
  }
  function button(text, act, parent, label) {
    const made = element("button", text, parent);
    made.type = "button";
    made.className = "plain";
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  box.hidden = false;
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  let move = go;
  if (words.next && navigator.geolocation) {
    button(words.here, () => {
      said.textContent = words.asking;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          said.textContent = "";
          move(coords.longitude, coords.latitude);
        },
        () => { said.textContent = words.denied; },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
      );
    });
  }
  box.append(said);
  if (!words.tiles) return;

  /* Vector tiles. */
  function reader(bytes) {
    let at = 0;
    const self = {
      more: () => at < bytes.length,
      number() {
        let value = 0, scale = 1, byte;
        do {
          byte = bytes[at++];
          value += (byte & 127) * scale;
          scale *= 128;
        } while (byte > 127);
        return value;
      },
      part() {
        const size = self.number();
        at += size;
        return bytes.subarray(at - size, at);
      },
      skip(kind) {
        if (kind === 0) self.number();
        else if (kind === 2) self.part();
        else at += kind === 1 ? 8 : 4;
      },
    };
    return self;
  }
  function fields(bytes, act) {
    const read = reader(bytes);
    while (read.more()) {
      const tag = read.number();
      if (!act(Math.floor(tag / 8), read)) read.skip(tag & 7);
    }
  }
  const text = new TextDecoder();
  function layersOf(bytes) {
    const layers = {};
    fields(bytes, (field, read) => {
      if (field !== 3) return false;
      const layer = { extent: 4096, features: [] };
      let name = "";
      fields(read.part(), (inner, each) => {
        if (inner === 1) name = text.decode(each.part());
        else if (inner === 2) layer.features.push(featureOf(each.part()));
        else if (inner === 5) layer.extent = each.number();
        else return false;
        return true;
      });
      layers[name] = layer;
      return true;
    });
    return layers;
  }
  function featureOf(bytes) {
    const feature = { kind: 0, path: new Path2D() };
    fields(bytes, (field, read) => {
      if (field === 3) feature.kind = read.number();
      else if (field === 4) trace(read.part(), feature.path);
      else return false;
      return true;
    });
    return feature;
  }
  function trace(bytes, path) {
    const read = reader(bytes), delta = () => {
      const value = read.number();
      return value % 2 ? -(value + 1) / 2 : value / 2;
    };
    let x = 0, y = 0;
    while (read.more()) {
      const command = read.number();
      for (let n = Math.floor(command / 8); n > 0; n--) {
        if ((command & 7) === 7) path.closePath();
        else {
          x += delta();
          y += delta();
          if ((command & 7) === 1) path.moveTo(x, y);
          else path.lineTo(x, y);
        }
      }
    }
  }

  /* The map: `x`, `y` are the centre in the Web Mercator square, 0 to 1. */
  const map = element("canvas");
  map.className = "picker";
  map.tabIndex = 0;
  map.setAttribute("role", "img");
  map.setAttribute("aria-label", words.map);
  const ink = map.getContext("2d"), tiles = new Map();
  let zoom = Math.min(16, CLOSEST), x = 0, y = 0;
  const xOf = (lon) => (lon + 180) / 360;
  const yOf = (lat) => 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);
  const lonOf = () => x * 360 - 180;
  const latOf = () => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;

  /* The cells of the listed cases by their place, with the numbers that the cases have in the list. */
  const cells = new Map();
  if (words.marks) {
    const items = document.querySelectorAll(".cases > li");
    words.marks.split(" ").forEach((place, n) => {
      if (!cells.has(place)) cells.set(place, { place: place.split(",").map(Number), numbers: [] });
      cells.get(place).numbers.push(n + 1);
      items[n]?.prepend(`${n + 1}. `);
    });
  }
  function drawCells(width, side, colours) {
    ink.font = "600 13px system-ui, sans-serif";
    ink.textAlign = "center";
    ink.textBaseline = "middle";
    ink.lineWidth = 2;
    for (const { place, numbers } of cells.values()) {
      const left = (xOf(place[0]) - x) * side + width / 2, top = (yOf(place[1]) - y) * side + HEIGHT / 2;
      const cell = (CELL_DEGREES / 360 / Math.cos((place[1] * Math.PI) / 180)) * side;
      const half = Math.max(LEAST_CELL, cell) / 2;
      const label = numbers.length > 2 ? `${numbers[0]} +${numbers.length - 1}` : numbers.join(", ");
      const reach = Math.max(half, ink.measureText(label).width / 2 + 4);
      ink.fillStyle = colours.mark;
      ink.strokeStyle = colours.land;
      ink.fillRect(left - reach, top - half, 2 * reach, 2 * half);
      ink.strokeRect(left - reach, top - half, 2 * reach, 2 * half);
      ink.fillStyle = colours.label;
      ink.fillText(label, left, top);
    }
  }
  /* Choose the centre and the closest scale at which all cells are in view. */
  function showCells() {
    const places = [...cells.values()].map(({ place }) => [xOf(place[0]), yOf(place[1])]);
    const [west, east] = [Math.min, Math.max].map((of) => of(...places.map((place) => place[0])));
    const [north, south] = [Math.min, Math.max].map((of) => of(...places.map((place) => place[1])));
    x = (west + east) / 2;
    y = (north + south) / 2;
    const fits = () =>
      (east - west) * TILE * 2 ** zoom < box.clientWidth - 60 && (south - north) * TILE * 2 ** zoom < HEIGHT - 60;
    while (zoom > widest && !fits()) zoom--;
  }

  function tile(z, column, row) {
    const key = `${z}/${column}/${row}`;
    if (!tiles.has(key)) {
      tiles.set(key, null);
      fetch(`${words.tiles}/${key}`)
        .then((answer) => (answer.status === 200 ? answer.arrayBuffer() : null))
        .then((body) => {
          if (!body) return;
          tiles.set(key, layersOf(new Uint8Array(body)));
          draw();
        })
        .catch(() => tiles.delete(key));
    }
    return tiles.get(key);
  }
  function draw() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches, ratio = window.devicePixelRatio || 1;
    const width = box.clientWidth;
    map.width = width * ratio;
    map.height = HEIGHT * ratio;
    const colours = dark
      ? { land: "#1f272d", water: "#24435c", green: "#22392c", house: "#333e47", road: "#8d98a2", mark: "#ff8a73", label: "#000" }
      : { land: "#f4f4f0", water: "#a9cbe4", green: "#dcead9", house: "#dcd8d0", road: "#8d949b", mark: "#b3261e", label: "#fff" };
    ink.fillStyle = colours.land;
    ink.fillRect(0, 0, map.width, map.height);
    const z = Math.min(zoom, deepest), size = TILE * 2 ** (zoom - z), count = 2 ** z;
    const left = x * count * size - width / 2, top = y * count * size - HEIGHT / 2;
    for (let row = Math.floor(top / size); row * size < top + HEIGHT; row++) {
      for (let column = Math.floor(left / size); column * size < left + width; column++) {
        const layers = tile(z, column, row);
        if (!layers) continue;
        for (const [name, colour, line] of [
          ["landuse", colours.green, 0], ["water", colours.water, 0], ["buildings", colours.house, 0],
          ["roads", colours.road, 2],
        ]) {
          const layer = layers[name];
          if (!layer) continue;
          const scale = (size / layer.extent) * ratio;
          ink.setTransform(scale, 0, 0, scale, (column * size - left) * ratio, (row * size - top) * ratio);
          ink.fillStyle = ink.strokeStyle = colour;
          ink.lineWidth = (line * ratio) / scale;
          for (const feature of layer.features) {
            if (line && feature.kind === 2) ink.stroke(feature.path);
            else if (!line && feature.kind === 3) ink.fill(feature.path, "evenodd");
          }
        }
      }
    }
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    map.dataset.place = `${lonOf().toFixed(6)},${latOf().toFixed(6)}`;
    if (cells.size) return drawCells(width, TILE * 2 ** zoom, colours);
    ink.strokeStyle = colours.mark;
    ink.lineWidth = 3;
    ink.beginPath();
    ink.arc(width / 2, HEIGHT / 2, 9, 0, 2 * Math.PI);
    ink.moveTo(width / 2 - 16, HEIGHT / 2);
    ink.lineTo(width / 2 + 16, HEIGHT / 2);
    ink.moveTo(width / 2, HEIGHT / 2 - 16);
    ink.lineTo(width / 2, HEIGHT / 2 + 16);
    ink.stroke();
  }
  function pan(dx, dy) {
    const size = TILE * 2 ** zoom;
    x = Math.min(1, Math.max(0, x + dx / size));
    y = Math.min(1, Math.max(0, y + dy / size));
    draw();
  }
  function scale(step) {
    zoom = Math.min(CLOSEST, Math.max(widest, zoom + step));
    draw();
  }
  move = (lon, lat) => {
    x = xOf(lon);
    y = yOf(lat);
    zoom = 17;
    draw();
  };

  let held = null;
  map.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (!held) return;
    pan(held[0] - event.clientX, held[1] - event.clientY);
    held = [event.clientX, event.clientY];
  });
  for (const end of ["pointerup", "pointercancel"]) map.addEventListener(end, () => { held = null; });
  const keys = {
    ArrowLeft: () => pan(-40, 0), ArrowRight: () => pan(40, 0), ArrowUp: () => pan(0, -40), ArrowDown: () => pan(0, 40),
    "+": () => scale(1), "=": () => scale(1), "-": () => scale(-1),
  };
  map.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  const row = element("div");
  row.className = "moves";
  const names = words.moves.split("|");
  ["←", "→", "↑", "↓", "+", "−"].forEach((sign, n) => button(sign, Object.values(keys)[n === 5 ? 6 : n], row, names[n]));
  if (words.next) button(words.take, () => go(lonOf(), latOf())).className = "";
  const credit = element("p", words.credits);
  credit.className = "soft";
  x = xOf(Number(words.lon));
  y = yOf(Number(words.lat));
  if (cells.size) showCells();
  addEventListener("resize", draw);
  draw();
})();
