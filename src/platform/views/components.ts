import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import nunjucks from 'nunjucks'
import type { ComponentParams } from './govuk.generated.ts'
import { fromTemplate, Html } from './html.ts'

const govukDist = join(dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json')), 'dist')

const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(govukDist), {
  autoescape: true,
  trimBlocks: true,
  lstripBlocks: true,
})

const isMarkup = (key: string): boolean => /html$/i.test(key)

/** GOV.UK's macros print `attributes` given as a string unescaped, and our CSP forbids inline style and handlers. */
function checkAttributes(attributes: unknown, path: string): void {
  if (attributes === null || attributes === undefined) return
  if (typeof attributes !== 'object' || attributes instanceof Html) throw new TypeError(`${path}: give an object.`)
  for (const name of Object.keys(attributes)) {
    if (!/^[a-z][a-z0-9-]*$/i.test(name)) throw new TypeError(`${path}: not the name of an attribute.`)
    if (/^(style|on.*)$/i.test(name)) throw new TypeError(`${path}.${name}: no inline style or script is allowed.`)
  }
}

/**
 * The same parameters as the macro wants them. GOV.UK's macros trust every parameter called `html`, `…Html`, or within
 * `slots`, so exactly those must be `Html`, and no other may be: text put into an `html` parameter by mistake stops the
 * page instead of becoming a hole in it.
 */
function forMacro(value: unknown, key: string, path: string, trusted: boolean): unknown {
  if (value === null || value === undefined || value === false) return value
  if (key === 'attributes' || key.endsWith('Attributes')) {
    checkAttributes(value, path)
    return value
  }
  if (value instanceof Html) {
    if (!trusted) throw new TypeError(`${path} takes text, not Html.`)
    return value.toString()
  }
  if (trusted && Array.isArray(value)) throw new TypeError(`${path} takes Html, not a list; join() makes one.`)
  if (Array.isArray(value)) return value.map((item, index) => forMacro(item, key, `${path}[${index}]`, false))
  if (typeof value === 'object') {
    const copy: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(value)) {
      copy[name] = forMacro(inner, name, `${path}.${name}`, isMarkup(name) || (key === 'slots' && name !== 'align'))
    }
    return copy
  }
  if (trusted) throw new TypeError(`${path} takes Html, not ${typeof value}.`)
  return value
}

type Component<Name extends keyof ComponentParams> = (params: ComponentParams[Name]) => Html

function component<Name extends keyof ComponentParams>(name: Name): Component<Name> {
  const folder = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const macro = `govuk${name.charAt(0).toUpperCase()}${name.slice(1)}`
  let run: Macro | undefined
  return (params) => {
    run ??= macroOf(`govuk/components/${folder}/macro.njk`, macro)
    return fromTemplate(
      run(forMacro(params, '', name, false))
        .toString()
        .trim(),
    )
  }
}

type Macro = (params: unknown) => { toString(): string }

/** A macro itself, handed out by a template that imports it, so that a call runs it and not its file. */
function macroOf(file: string, name: string): Macro {
  const given: Macro[] = []
  const give = (macro: Macro): string => {
    given.push(macro)
    return ''
  }
  new nunjucks.Template(`{% from "${file}" import ${name} %}{{ give(${name}) }}`, environment).render({ give })
  const [macro] = given
  if (macro === undefined) throw new Error(`${file} has no macro ${name}`)
  return macro
}

/**
 * The GOV.UK components, each rendered by GOV.UK Frontend's own macro, so that its markup is never ours to keep up.
 * A parameter called `html` takes `Html` and nothing else. A call costs about 0.1 ms: never call one in a table row
 * (`dataTable`, `riskMark` and `timeMark` are for that). GOV.UK's header, footer and feedback are left out: they carry
 * its name and crown.
 *
 * @throws TypeError when something other than Html is given for markup, or markup for text.
 */
export const govuk = {
  accordion: component('accordion'),
  backLink: component('backLink'),
  breadcrumbs: component('breadcrumbs'),
  button: component('button'),
  characterCount: component('characterCount'),
  checkboxes: component('checkboxes'),
  cookieBanner: component('cookieBanner'),
  dateInput: component('dateInput'),
  details: component('details'),
  errorMessage: component('errorMessage'),
  errorSummary: component('errorSummary'),
  exitThisPage: component('exitThisPage'),
  fieldset: component('fieldset'),
  fileUpload: component('fileUpload'),
  hint: component('hint'),
  input: component('input'),
  insetText: component('insetText'),
  label: component('label'),
  languageNavigation: component('languageNavigation'),
  notificationBanner: component('notificationBanner'),
  pagination: component('pagination'),
  panel: component('panel'),
  passwordInput: component('passwordInput'),
  phaseBanner: component('phaseBanner'),
  radios: component('radios'),
  select: component('select'),
  serviceNavigation: component('serviceNavigation'),
  skipLink: component('skipLink'),
  summaryList: component('summaryList'),
  table: component('table'),
  tabs: component('tabs'),
  tag: component('tag'),
  taskList: component('taskList'),
  textarea: component('textarea'),
  warningText: component('warningText'),
} as const
