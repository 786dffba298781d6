"""The made-up brand that ``seed`` fills an account with: Fern & Tide, tea and the things around it."""
