"""The plain services that ours is measured against, each as a competent engineer would write it in an afternoon."""
