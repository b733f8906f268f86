import { MOST_PROBLEMS, type KeptProblem } from './store.ts'

/** A cell that no spreadsheet takes for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The problems of an import as a CSV file (UTF-8 with its mark, as spreadsheets want it). @param synthetic says so in the first line */
export function problemsCsv(
  problems: readonly (KeptProblem & { readonly row: readonly string[] })[],
  synthetic: boolean,
): string {
  const lines = [
    ...(synthetic ? ['SYNTHETIC: every person here is invented'] : []),
    'file,line,field,what is wrong,row left out,corrected,row as it came',
    ...problems.map(({ file, line, field, reason, rejected, correctedAt, row }) =>
      [
        cell(file),
        line,
        cell(field),
        cell(reason),
        rejected ? 'yes' : 'no',
        correctedAt ? 'yes' : 'no',
        ...row.map(cell),
      ].join(','),
    ),
    ...(problems.length === MOST_PROBLEMS ? [`There are more: only the first ${MOST_PROBLEMS} are here`] : []),
  ]
  return `\ufeff${lines.join('\r\n')}\r\n`
}
