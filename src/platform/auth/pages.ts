import type { FastifyReply } from 'fastify'

/** Puts a page of ours in the site's layout. The body is finished markup; the title is text. */
export type RenderPage = (title: string, bodyHtml: string, reply: FastifyReply) => string | Promise<string>

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Makes text safe to stand in markup or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** The layout when the caller gives none: a whole page, no styles, no scripts. */
export function barePage(title: string, bodyHtml: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body><main>${bodyHtml}</main></body></html>`
}

/** Sends a page that says one thing, with a link to what can be done about it. Never cached. */
export async function sendLine(
  reply: FastifyReply,
  render: RenderPage,
  page: {
    readonly status: number
    readonly title: string
    readonly line: string
    readonly link: { readonly href: string; readonly text: string }
    /** What else can be done. */
    readonly also?: { readonly href: string; readonly text: string } | null
  },
): Promise<FastifyReply> {
  const body =
    `<h1 class="govuk-heading-l">${escapeHtml(page.title)}</h1>` +
    `<p class="govuk-body">${escapeHtml(page.line)}</p>` +
    [page.link, page.also ?? []]
      .flat()
      .map(
        ({ href, text }) =>
          `<p class="govuk-body"><a class="govuk-link" href="${escapeHtml(href)}">${escapeHtml(text)}</a></p>`,
      )
      .join('')
  const html = await render(page.title, body, reply)
  return reply.code(page.status).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html)
}
