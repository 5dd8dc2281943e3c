"""`payouts completion`: what a shell needs to complete the words of this command."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from payouts_service.cli.output import examples


@click.command(
    epilog=examples(
        'eval "$(payouts completion bash)"                             # In ~/.bashrc',
        'eval "$(payouts completion zsh)"                              # In ~/.zshrc',
        "payouts completion fish > ~/.config/fish/completions/payouts.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in your shell."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"This version of click completes nothing in {shell}; update it.")
    click.echo(kind(context.find_root().command, {}, "payouts", "_PAYOUTS_COMPLETE").source())
