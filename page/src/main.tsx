// Opens the report that stands in the page, compressed, and shows it.

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Overview } from "./overview";
import { RelationPage } from "./relation";
import { index, type Indexed, type Report } from "./report";
import { link, parse, type Route } from "./route";
import { Rules } from "./rules";
import { SuggestionPage } from "./suggestion";
import { Suggestions } from "./suggestions";

async function read(): Promise<Report> {
  const encoded = document.getElementById("report")!.textContent!;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Report;
}

function View({ data, route }: { data: Indexed; route: Route }) {
  switch (route.view) {
    case "suggestions":
      return <Suggestions data={data} options={route.options} />;
    case "suggestion":
      return <SuggestionPage data={data} id={route.subject} />;
    case "relation":
      return <RelationPage data={data} uniqueId={route.subject} />;
    case "rules":
      return <Rules data={data} />;
    default:
      return <Overview data={data} folder={route.options.get("folder") ?? ""} />;
  }
}

const TABS = [["overview", "Overview"], ["suggestions", "Suggestions"], ["rules", "Rules"]] as const;

function App({ data }: { data: Indexed }) {
  const [route, go] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => go(parse(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  useEffect(() => scrollTo(0, 0), [route.view, route.subject]);
  const { project, guardian_version } = data.report;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>Skip to the content</a>
      <header>
        <h1>{project.name}</h1>
        <nav aria-label="Views">
          {TABS.map(([view, title]) => (
            <a key={view} href={link(view)} aria-current={route.view === view ? "page" : undefined}>{title}</a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}><View data={data} route={route} /></main>
      <footer>
        dbt {project.dbt_version} on {project.adapter_type}, manifest of {project.generated_at || "unknown date"}; dbt-guardian {guardian_version}
      </footer>
    </>
  );
}

const root = document.getElementById("app")!;
read().then(
  (report) => {
    root.replaceChildren();
    render(<App data={index(report)} />, root);
    document.documentElement.dataset["ready"] = "yes";
  },
  (error: unknown) => root.replaceChildren(`The report in this file cannot be read: ${String(error)}`),
);
