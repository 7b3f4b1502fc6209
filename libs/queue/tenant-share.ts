/** How many admitted requests one tenant may have. A product such as 0.1 × 30 is not to become 4. */
export function placesOfTenant(share: number, capacity: number): number {
  return Math.ceil(share * capacity - 1e-9)
}
