complete --keep-order --exclusive --command leakscope --arguments "(LEAKSCOPE_COMPLETE=fish leakscope -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
