/** What the outcome codes of recorded crime mean. Source: Home Office crime outcomes (written from memory, checked against their group names). */
const OUTCOMES: Readonly<Record<string, string>> = {
  '1': 'charged or summonsed',
  '1A': 'charged or summonsed for another offence',
  '2': 'youth caution',
  '2A': 'youth caution for another offence',
  '3': 'adult caution',
  '3A': 'adult caution for another offence',
  '4': 'taken into consideration',
  '5': 'suspect died',
  '6': 'penalty notice',
  '7': 'cannabis or khat warning',
  '8': 'community resolution',
  '9': 'prosecution not in the public interest (CPS)',
  '10': 'action not in the public interest (police)',
  '11': 'suspect under the age of responsibility',
  '12': 'suspect too ill',
  '13': 'victim or witness dead or too ill',
  '14': 'suspect not identified, victim does not support',
  '15': 'suspect identified, victim supports, evidence not enough',
  '16': 'suspect identified, victim does not support',
  '17': 'time limit passed',
  '18': 'no suspect identified',
  '19': 'with the National Fraud Intelligence Bureau',
  '20': 'with another body',
  '21': 'further investigation not in the public interest',
  '22': 'diversion or education',
}

/** An outcome as people read it, its code behind it. Without a code, that none is assigned yet. */
export function outcomeWords(code: string | null): string {
  if (code === null || code.trim() === '') return 'No outcome yet'
  const plain = code
    .trim()
    .toUpperCase()
    .replace(/^0+(?=\d)/, '')
  const words = OUTCOMES[plain]
  return words === undefined ? `Outcome ${code.trim()}` : `${words.charAt(0).toUpperCase()}${words.slice(1)} (${plain})`
}
