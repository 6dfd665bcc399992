// One suggestion: why, on what evidence, and the YAML to paste.

import { useState } from "preact/hooks";
import { called, shortName, yamlOf, type Indexed } from "./report";
import { link } from "./route";

export function SuggestionPage({ data, id }: { data: Indexed; id: string }) {
  const one = data.byId.get(id);
  if (!one) return <p>There is no suggestion {id} in this report. <a href={link("suggestions")}>All suggestions</a></p>;
  const yaml = yamlOf(one, data.report.project.dbt_version);
  return (
    <>
      <h2>{called(one.test)} on <a href={link("relation", one.unique_id)}>{shortName(one.unique_id)}</a>{one.column === null ? "" : `.${one.column}`}</h2>
      <p class="reason">{one.reason}</p>
      <dl>
        <dt>Priority</dt><dd>{one.priority} of 5 (1 is critical)</dd>
        <dt>How likely it holds</dt><dd>{Math.round(one.confidence * 100)}%, {one.proof}</dd>
        <dt>How often people write it</dt><dd>{Math.round(one.agreement * 100)}% of such columns that people test</dd>
        <dt>Rule</dt><dd><a href={link("suggestions", "", { rule: one.rule })}>{one.rule}</a></dd>
        {one.verdict && <><dt>The data</dt><dd>{one.verdict.outcome}: {one.verdict.detail}</dd></>}
      </dl>
      <h3>Evidence</h3>
      <ul>{one.evidence.map((each) => <li key={each.signal + each.detail}>{each.detail} <span class="muted">({each.signal}, seen by {each.source})</span></li>)}</ul>
      {one.verdict?.query && <><h3>Rows that break it</h3><pre>{one.verdict.query}</pre></>}
      <h3>To paste</h3>
      <p>{one.path ? <>In <code>{one.path}</code>, below {shortName(one.unique_id)}:</> : "Where the relation is described:"}</p>
      <Copied text={yaml} />
      <p class="muted">Or let <code>dbt-guardian generate-tests</code> write it there.</p>
    </>
  );
}

function Copied({ text }: { text: string }) {
  const [said, say] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(text).then(() => say("copied"), () => say("the browser does not allow it: select the text"));
  return (
    <div class="copied">
      <pre tabIndex={0} aria-label="YAML">{text}</pre>
      <button type="button" onClick={copy}>Copy</button> <span role="status">{said}</span>
    </div>
  );
}
