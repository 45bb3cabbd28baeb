"""The GraphQL API: schema by scope, resolvers, and how each version puts errors."""
