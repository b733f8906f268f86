export async function scoreBench(size: number): Promise<void> {
  throw new Error(String(size))
}
