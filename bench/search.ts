export async function searchBench(size: number): Promise<void> {
  throw new Error(String(size))
}
