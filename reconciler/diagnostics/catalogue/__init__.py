"""The codes with their explanations, by the stage that reports them."""
