"""For people who write adapters: a contract suite, strategies of valid values, small builders."""
