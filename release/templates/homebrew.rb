class Leakscope < Formula
  desc "Find leaking goroutines in Go services"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@DOWNLOADS@/@ARCHIVE:aarch64-apple-darwin@"
      sha256 "@SUM:aarch64-apple-darwin@"
    end
    on_intel do
      url "@DOWNLOADS@/@ARCHIVE:x86_64-apple-darwin@"
      sha256 "@SUM:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@DOWNLOADS@/@ARCHIVE:aarch64-unknown-linux-musl@"
      sha256 "@SUM:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@DOWNLOADS@/@ARCHIVE:x86_64-unknown-linux-musl@"
      sha256 "@SUM:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "leakscope"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/leakscope.bash" => "leakscope"
    fish_completion.install "completions/leakscope.fish"
    zsh_completion.install "completions/_leakscope"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/leakscope --version")
  end
end
