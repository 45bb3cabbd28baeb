"""What a plan has to know of phones: their life, their hours, what they are told and prove."""
