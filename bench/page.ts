export async function pageBench(size: number): Promise<void> {
  throw new Error(String(size))
}
