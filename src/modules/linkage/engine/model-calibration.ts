import type { Calibration, ModelSpec } from './spec.ts'

/**
 * Share of pairs that were one person, by weight, on 50,000 invented London-like mentions with households, twins and
 * fathers and sons of one name, and on 130,000 mentions of the synthetic London; of those that pass the evidence guards
 * rounded down, as there are few errors to count. Fellegi-Sunter sums are over-confident on such mentions. Where there
 * are pairs enough to fit the spread below, of these curves only that of proven pairs is left.
 */
export const measuredCalibration: Calibration = {
  weights: [-7, -5, -3, -1, 1, 3, 5, 7, 11, 13, 15, 22, 26, 34],
  probabilities: [0.012, 0.034, 0.08, 0.211, 0.467, 0.673, 0.81, 0.898, 0.936, 0.972, 0.975, 0.984, 0.993, 0.998],
  contradicted: {
    weights: [-7, -3, -1, 1, 3, 5, 7, 11, 13, 15, 18, 22, 26, 34],
    probabilities: [0.003, 0.008, 0.031, 0.082, 0.164, 0.285, 0.405, 0.469, 0.614, 0.638, 0.811, 0.867, 0.933, 0.989],
  },
  withEvidence: {
    weights: [-3, 1, 3, 5, 7, 9, 11, 13, 25, 40],
    probabilities: [0.1, 0.45, 0.88, 0.982, 0.988, 0.995, 0.9975, 0.9985, 0.9993, 0.9998],
  },
  source: 'measured on 180,000 invented mentions',
}

/**
 * How pairs that are not proven lie by weight: the geometric mean of what was found on 130,000 mentions of the synthetic London
 * and on historical_50k, public mentions of historical people with errors put in. Names of several people were weighed as
 * any, as they are in a set too small to know of them. `node bench/linkage-spread.ts` measures both again.
 */
export const measuredSpread: NonNullable<ModelSpec['spread']> = {
  open: {
    two: [
      0.496, 0.228, 0.139, 0.0737, 0.0364, 0.0176, 0.00964, 0.00356, 0.00243, 0.00142, 0.000729, 0.000155, 0.0000617,
      0.000114, 0.0000478, 0.0000683, 0.0000276, 0.0000243, 0.0000159, 0.0000092,
    ],
    one: [0.0476, 0.0771, 0.115, 0.159, 0.191, 0.215, 0.195],
  },
  contradicted: {
    two: [
      0.445, 0.28, 0.163, 0.0613, 0.0264, 0.0124, 0.0114, 0.00454, 0.00148, 0.00107, 0.000354, 0.000725, 0.000259,
      0.000529, 0.000152, 0.000105, 0.000138, 0.0000316, 0.0000316, 0.0000316,
    ],
    one: [0.107, 0.0786, 0.103, 0.139, 0.169, 0.198, 0.205],
  },
}
