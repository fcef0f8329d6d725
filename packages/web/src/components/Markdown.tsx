import { lexer, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode } from "react";
import { safeUrl } from "../words/safe-url.ts";

/**
 * Markdown as elements of our own: no text ever becomes HTML, so nothing in it can run. HTML in it is shown as the text
 * that it is; pictures become links, as they would tell another server who reads.
 */
export function Markdown({ children }: { children: string }) {
  return <div className="space-y-3 leading-6">{blocks(lexer(children))}</div>;
}

function blocks(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, i) => <Fragment key={i}>{block(token)}</Fragment>);
}

const headingClass = ["text-xl", "text-lg", "text-base", "text-base", "text-base", "text-base"];

// The lexer's union has an open member (extensions), so TypeScript cannot narrow by `type`; each cast is to the token
// that the lexer documents for that name.
function block(token: Token): ReactNode {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      // The page has its own first heading.
      const Heading = `h${Math.min(6, depth + 1)}` as "h2" | "h3" | "h4" | "h5" | "h6";
      return <Heading className={`pt-1 font-semibold ${headingClass[depth - 1]}`}>{inline(tokens)}</Heading>;
    }
    case "paragraph":
      return <p>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case "text": {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? inline(tokens) : text;
    }
    case "code":
      return (
        <pre
          tabIndex={0}
          className="overflow-x-auto rounded-md border border-line bg-sunken p-3 font-mono text-sm leading-5"
        >
          {(token as Tokens.Code).text}
        </pre>
      );
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      const rows = items.map((item, i) => (
        <li key={i}>
          {item.task && <input type="checkbox" checked={item.checked === true} readOnly disabled className="mr-2" />}
          {blocks(item.tokens)}
        </li>
      ));
      return ordered ? (
        <ol start={Number(start) || 1} className="list-decimal space-y-1 pl-6">
          {rows}
        </ol>
      ) : (
        <ul className="list-disc space-y-1 pl-6">{rows}</ul>
      );
    }
    case "blockquote":
      return (
        <blockquote className="space-y-3 border-l-2 border-line-strong pl-3 text-muted">
          {blocks((token as Tokens.Blockquote).tokens)}
        </blockquote>
      );
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return (
        <div className="overflow-x-auto">
          <table className="border-collapse">
            <thead>
              <tr>
                {header.map((cell, i) => (
                  <th key={i} className="border border-line bg-sunken px-2.5 py-1 text-left font-medium">
                    {inline(cell.tokens)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j} className="border border-line px-2.5 py-1">
                      {inline(cell.tokens)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    }
    case "hr":
      return <hr className="border-line" />;
    case "space":
    case "def":
      return null;
    default:
      return <p className="whitespace-pre-wrap">{token.raw}</p>;
  }
}

function inline(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, i) => <Fragment key={i}>{span(token)}</Fragment>);
}

function span(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{inline((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{inline((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return (
        <code className="rounded-sm bg-sunken px-1 py-0.5 font-mono text-sm">{(token as Tokens.Codespan).text}</code>
      );
    case "br":
      return <br />;
    case "link":
    case "image": {
      const { href, text } = token as Tokens.Link | Tokens.Image;
      const url = safeUrl(href);
      const words = token.type === "link" ? inline((token as Tokens.Link).tokens) : text || "picture";
      return url === undefined ? (
        words
      ) : (
        <a href={url} target="_blank" rel="noreferrer" className="text-accent underline">
          {words}
        </a>
      );
    }
    case "text":
    case "escape": {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? inline(tokens) : text;
    }
    default:
      return token.raw;
  }
}
