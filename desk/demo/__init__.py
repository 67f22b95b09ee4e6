"""The demo's life: customers who write by themselves, and colleagues who answer them."""
