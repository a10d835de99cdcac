// The document: nodes are kept by key and only what changed is touched, so nothing flickers.
// What a device wrote reaches it as text only, never as markup.

export function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export function drawn(tag, className) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  node.setAttribute("class", className);
  return node;
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

const kept = new WeakMap(); // parent -> Map of key -> part

/** Make parent's children those of items: kept by key, in the order of items. */
export function fill(parent, items, keyOf, make, update) {
  if (!kept.has(parent)) kept.set(parent, new Map());
  const parts = kept.get(parent);
  const keys = new Set(items.map(keyOf));
  for (const [key, part] of parts) {
    if (keys.has(key)) continue;
    part.node.remove();
    parts.delete(key);
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    if (!parts.has(key)) {
      parts.set(key, make());
      parts.get(key).node.dataset.key = key;
    }
    const part = parts.get(key);
    if (part.node === place) place = place.nextElementSibling;
    else parent.insertBefore(part.node, place);
    update(part, item);
  }
}

/** A part whose named children are made at once: {node, name: child, ...}. */
export function part(tag, className, children) {
  return { node: element(tag, className, ...Object.values(children)), ...children };
}

export function byId(id) {
  return document.getElementById(id);
}
