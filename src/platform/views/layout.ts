import { assetPaths } from './assets.ts'
import { govuk } from './components.ts'
import { csrfField } from './form.ts'
import { fromTemplate, type Html, html } from './html.ts'

/** What one page says. The title is what it is about; the name of the service is added. */
export interface Page {
  readonly title: string
  readonly body: Html
  /** Uses the whole width, for the tables and queues of staff. */
  readonly wide?: boolean
  /** The form on the page came back with problems, which the title then says first. */
  readonly inError?: boolean
}

export interface NavigationLink {
  readonly href: string
  readonly text: string
  readonly current: boolean
}

/** What stands round every page of one person's visit. */
export interface Frame {
  readonly navigation: readonly NavigationLink[]
  /** The person signed in; absent on public pages. */
  readonly user?: { readonly name: string; readonly role: string } | undefined
  /** Where signing out posts to, and the token that goes with it. */
  readonly signOut?: { readonly action: string; readonly csrf: string } | undefined
  /** What to tell the person once, such as that a thing was saved. */
  readonly notification?: Html | undefined
  /** Every person in this installation is invented. */
  readonly synthetic: boolean
  /** Language of the page, BCP 47; English when absent. */
  readonly lang?: string | undefined
  /** Direction of writing; left to right when absent. */
  readonly dir?: 'ltr' | 'rtl' | undefined
}

const SYNTHETIC = html`<aside class="dauntless-synthetic" aria-label="Synthetic data">
  <p><strong>SYNTHETIC data:</strong> every person here is invented</p>
</aside>`

function header({ user, signOut, navigation }: Frame): Html {
  return html`<header>
    <div class="dauntless-header">
      <div class="govuk-width-container dauntless-header__row">
        <a class="dauntless-header__name" href="/">Dauntless</a>
        ${
          user &&
          html`<div class="dauntless-header__user">
            <p>${user.name}, ${user.role}</p>
            ${
              signOut &&
              html`<form method="post" action="${signOut.action}">
                ${csrfField(signOut.csrf)}<button type="submit" class="dauntless-header__button">Sign out</button>
              </form>`
            }
          </div>`
        }
      </div>
    </div>
    ${navigation.length > 0 && govuk.serviceNavigation({ navigation: [...navigation] })}
  </header>`
}

/**
 * A whole HTML document. It holds no inline script or style, so the strictest content security policy allows it, and
 * works without JavaScript.
 */
export function renderPage(page: Page, frame: Frame): string {
  const { style, script, icon, font } = assetPaths()
  return html`<!doctype html>
    <html lang="${frame.lang ?? 'en'}" dir="${frame.dir ?? 'ltr'}" class="govuk-template">
      <head>
        <meta charset="utf-8" />
        <title>${page.inError && 'Error: '}${page.title} – Dauntless</title>
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="theme-color" content="#16356f" />
        <meta name="referrer" content="same-origin" />
        <link rel="icon" href="${icon}" type="image/svg+xml" />
        <link rel="preload" href="${font}" as="font" type="font/woff2" crossorigin="anonymous" />
        <link rel="stylesheet" href="${style}" />
        <script type="module" src="${script}"></script>
      </head>
      <body class="govuk-template__body dauntless-page${page.wide && ' dauntless-page--wide'}">
        ${govuk.skipLink({ href: '#main-content', text: 'Skip to main content' })} ${frame.synthetic && SYNTHETIC}
        ${header(frame)}
        <div class="govuk-width-container">
          <main class="govuk-main-wrapper" id="main-content">
            ${
              frame.notification &&
              govuk.notificationBanner({
                html: html`<div class="govuk-notification-banner__heading">${frame.notification}</div>`,
              })
            }
            ${page.body}
          </main>
        </div>
        <footer class="dauntless-footer">
          <div class="govuk-width-container">
            <p>
              Dauntless: a coordinated response to domestic abuse. In an emergency call 999; if it is not safe to speak,
              press 55 when asked.
            </p>
          </div>
        </footer>
      </body>
    </html>`.toString()
}

/** What is said both when a thing does not exist and when the person may not see it: the two must not differ. */
export function notFoundPage(): Page {
  return {
    title: 'Page not found',
    body: html`<h1 class="govuk-heading-l">Page not found</h1>
      <p class="govuk-body">There is nothing at this address that you can see.</p>
      <p class="govuk-body">
        If you typed the address, check it. If you need the record behind it for your work, ask your supervisor or the
        person who sent it to you.
      </p>
      <p class="govuk-body"><a class="govuk-link" href="/">Go to the start</a></p>`,
  }
}

/**
 * What is said when we have failed. Nothing of the failure itself is shown.
 *
 * @param reference The id of the request, by which the log finds it.
 */
export function problemPage(reference?: string): Page {
  return {
    title: 'Sorry, there is a problem',
    body: html`<h1 class="govuk-heading-l">Sorry, there is a problem</h1>
      <p class="govuk-body">
        This did not work, and the fault is ours. Go back and check whether what you entered was saved before you enter
        it again.
      </p>
      ${reference && html`<p class="govuk-body">If you report it, give this reference: <strong>${reference}</strong></p>`}
      <p class="govuk-body">If someone is in danger now, do not wait for this page: call 999.</p>
      <p class="govuk-body"><a class="govuk-link" href="/">Go to the start</a></p>`,
  }
}

/**
 * A document round markup that is already escaped. For the sign-in pages alone, which are written without this room so
 * that any provider's page can stand in our layout.
 */
export function renderMarkup(title: string, markup: string, frame: Frame): string {
  return renderPage({ title, body: fromTemplate(markup) }, frame)
}
