// Where the page is, as the part of its address behind the hash: every view can be linked to.

export interface Route { view: string; subject: string; options: URLSearchParams }

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  return { view: view || "overview", subject: decoded(rest.join("/")), options: new URLSearchParams(query) };
}

export function link(view: string, subject = "", options: Record<string, string> = {}): string {
  const given = Object.entries(options).filter(([, value]) => value !== "");
  const query = new URLSearchParams(given).toString();
  return `#/${view}${subject ? `/${encodeURIComponent(subject)}` : ""}${query ? `?${query}` : ""}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
